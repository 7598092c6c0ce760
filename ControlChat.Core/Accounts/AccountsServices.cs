using ControlChat.Core.Accounts.OpenId;
using ControlChat.Core.Accounts.Outside;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ControlChat.Core.Accounts;

public static class AccountsServices
{
    /// <summary>Accounts, every way to sign in, signed-in browsers, API tokens, and what they may do now.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services) => services
        .AddSingleton<AccountStore>()
        .AddSingleton<LoginLinkStore>()
        .AddSingleton<BrowserSessionStore>()
        .AddSingleton<ApiTokenStore>()
        .AddSingleton<PasswordStore>()
        .AddSingleton<IdentityStore>()
        .AddSingleton<SignInRequestStore>()
        .AddSingleton<SignInFailures>()
        .AddSingleton(p => new SessionOpening(p.GetRequiredService<BrowserSessionStore>(), p.GetRequiredService<IAccountRecord>()))
        .AddSingleton<IPrincipals, Principals>()
        .AddSingleton(p => new RecentSignIn(
            p.GetRequiredService<HubDatabase>(), p.GetRequiredService<BrowserSessionStore>(), p.GetRequiredService<IPrincipals>(), p.GetRequiredService<ISignInPolicy>()))
        .AddSingleton<OwnKeys>()
        .AddSingleton(p => new AccountDirectory(p.GetRequiredService<HubDatabase>(), p.GetRequiredService<AccountStore>()))
        .AddSingleton(p => new BrowserSessions(
            p.GetRequiredService<HubDatabase>(), p.GetRequiredService<BrowserSessionStore>(), p.GetRequiredService<IPrincipals>(), p.GetRequiredService<IAccountRecord>()))
        .AddSingleton(p => new ApiTokens(
            p.GetRequiredService<HubDatabase>(), p.GetRequiredService<ApiTokenStore>(), p.GetRequiredService<AccountStore>(), p.GetRequiredService<IPrincipals>(), p.GetRequiredService<RecentSignIn>(), p.GetRequiredService<IAccountRecord>()))
        .AddSingleton(p => new LinkSignIn(p.GetRequiredService<HubDatabase>(), p.GetRequiredService<AccountStore>(), p.GetRequiredService<LoginLinkStore>(), p.GetRequiredService<SessionOpening>(), p.GetRequiredService<IAccountRecord>()))
        .AddSingleton(p => new People(
            p.GetRequiredService<HubDatabase>(), p.GetRequiredService<AccountStore>(), p.GetRequiredService<PasswordStore>(), p.GetRequiredService<BrowserSessionStore>(),
            p.GetRequiredService<ApiTokenStore>(), p.GetRequiredService<IPrincipals>(), p.GetRequiredService<RecentSignIn>(), p.GetRequiredService<IAccountRecord>(), p.GetRequiredService<ISignInPolicy>()))
        .AddPasswords()
        .AddOutside();

    private static IServiceCollection AddPasswords(this IServiceCollection services) => services
        .AddSingleton(_ => new PasswordLanes())
        .AddSingleton<FirstPassword>()
        .AddSingleton(p => new PasswordSignIn(
            p.GetRequiredService<HubDatabase>(), p.GetRequiredService<AccountStore>(), p.GetRequiredService<PasswordStore>(), p.GetRequiredService<SignInFailures>(), p.GetRequiredService<SessionOpening>(),
            p.GetRequiredService<PasswordLanes>()))
        .AddSingleton(p => new OwnPassword(
            p.GetRequiredService<HubDatabase>(), p.GetRequiredService<AccountStore>(), p.GetRequiredService<PasswordStore>(), p.GetRequiredService<BrowserSessionStore>(), p.GetRequiredService<ApiTokenStore>(),
            p.GetRequiredService<SignInFailures>(), p.GetRequiredService<SessionOpening>(), p.GetRequiredService<IAccountRecord>(), p.GetRequiredService<PasswordLanes>(), p.GetRequiredService<FirstPassword>()));

    private static IServiceCollection AddOutside(this IServiceCollection services)
    {
        services.TryAddSingleton(new OpenIdClients([]));
        return services
            .AddSingleton(p => new OutsideSignIn(
                p.GetRequiredService<HubDatabase>(), p.GetRequiredService<AccountStore>(), p.GetRequiredService<IdentityStore>(), p.GetRequiredService<BrowserSessionStore>(),
                p.GetRequiredService<SessionOpening>(), p.GetRequiredService<IPrincipals>(), p.GetRequiredService<RecentSignIn>(), p.GetRequiredService<IAccountRecord>(),
                p.GetRequiredService<IInvitedPeople>()))
            .AddSingleton(p => new OpenIdSignIn(
                p.GetRequiredService<HubDatabase>(), p.GetRequiredService<SignInRequestStore>(), p.GetRequiredService<OutsideSignIn>(), p.GetRequiredService<SessionOpening>(),
                p.GetRequiredService<RecentSignIn>(), p.GetRequiredService<OpenIdClients>(), p.GetRequiredService<TimeProvider>()));
    }
}
