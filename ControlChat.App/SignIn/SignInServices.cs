using ControlChat.App.Start;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.OpenId;
using ControlChat.Core.Accounts.Outside;
using ControlChat.Core.Settings;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;

namespace ControlChat.App.SignIn;

internal static class SignInServices
{
    /// <summary>The ways in, the cookies, and the person of each circuit.</summary>
    public static IServiceCollection AddSignIn(this IServiceCollection services) => services
        .AddSingleton<SignInCookie>()
        .AddSingleton<SigningCookie>()
        .AddSingleton<KnownBrowserCookie>()
        .AddSingleton<SignInPages>()
        .AddSingleton<KnownProxies>()
        .AddSingleton<ProxyWatch>()
        .AddSingleton(p => new ProxyGuard(
            p.GetRequiredService<LoadedSettings>(), p.GetRequiredService<OwnAddresses>(), p.GetRequiredService<KnownProxies>(), p.GetRequiredService<ProxyWatch>(), p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<ProxyGuard>>()))
        .AddSingleton<Refusals>()
        .AddSingleton<ProxyDoor>()
        .AddSingleton(p => ClientsOf(p.GetRequiredService<LoadedSettings>()))
        .AddSingleton<IAccountRecord, AccountRecord>()
        .AddSingleton<ISignInPolicy, SignInPolicy>()
        .AddScoped<CircuitPrincipal>()
        .AddScoped<HubAuthenticationState>()
        .AddScoped<AuthenticationStateProvider>(p => p.GetRequiredService<HubAuthenticationState>())
        .AddScoped<CircuitHandler, CircuitWatch>();

    private static OpenIdClients ClientsOf(LoadedSettings settings) => new([.. settings.Options.SignIn.Providers.Select((provider, i) => new OpenIdClient
    {
        Name = provider.Name,
        Authority = provider.Authority!,
        ClientId = provider.ClientId,
        ClientSecret = settings.Secrets.Find($"SignIn:Providers:{i}:ClientSecret"),
        Scopes = provider.Scopes.Count == 0 ? ["profile", "email"] : provider.Scopes,
        RoleClaim = provider.RoleClaim,
        Rules = new AdmissionRules(provider.AdminValues, provider.MemberValues, provider.AllowedDomains, Open: false),
        TrustEmail = provider.TrustEmail,
    })]);
}
