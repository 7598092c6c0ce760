using ControlChat.App.Start;
using ControlChat.Core.Accounts;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;

namespace ControlChat.App.SignIn;

internal static class SignInServices
{
    /// <summary>The cookie, and the person of each circuit.</summary>
    public static IServiceCollection AddSignIn(this IServiceCollection services) => services
        .AddSingleton<SignInCookie>()
        .AddSingleton<LinkRule>()
        .AddSingleton<IAccountRecord, AccountRecord>()
        .AddScoped<CircuitPrincipal>()
        .AddScoped<HubAuthenticationState>()
        .AddScoped<AuthenticationStateProvider>(p => p.GetRequiredService<HubAuthenticationState>())
        .AddScoped<CircuitHandler, CircuitWatch>();
}
