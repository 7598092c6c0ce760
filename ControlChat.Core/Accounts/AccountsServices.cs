using ControlChat.Core.Hub;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Accounts;

public static class AccountsServices
{
    /// <summary>Accounts, sign-in by link, signed-in browsers, API tokens, and what they may do now.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services) => services
        .AddSingleton<AccountStore>()
        .AddSingleton<LoginLinkStore>()
        .AddSingleton<BrowserSessionStore>()
        .AddSingleton<ApiTokenStore>()
        .AddSingleton<IPrincipals, Principals>()
        .AddSingleton<OwnKeys>()
        .AddSingleton(p => new AccountDirectory(p.GetRequiredService<HubDatabase>(), p.GetRequiredService<AccountStore>()))
        .AddSingleton(p => new BrowserSessions(p.GetRequiredService<HubDatabase>(), p.GetRequiredService<BrowserSessionStore>(), p.GetRequiredService<AccountStore>(), p.GetRequiredService<IAccountRecord>()))
        .AddSingleton(p => new ApiTokens(p.GetRequiredService<HubDatabase>(), p.GetRequiredService<ApiTokenStore>(), p.GetRequiredService<AccountStore>(), p.GetRequiredService<IAccountRecord>()))
        .AddSingleton(p => new LinkSignIn(
            p.GetRequiredService<HubDatabase>(), p.GetRequiredService<AccountStore>(), p.GetRequiredService<LoginLinkStore>(),
            p.GetRequiredService<BrowserSessionStore>(), p.GetRequiredService<IAccountRecord>()));
}
