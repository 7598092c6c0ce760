using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Outside;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Tools.Invitations;

public static class InvitationsServices
{
    /// <summary>What stands behind invitations beside their tools, which are in the list of <c>ControlTools</c>: links, and the doors that they open.</summary>
    public static IServiceCollection AddInvitations(this IServiceCollection services) => services
        .AddSingleton<InvitationStore>()
        .AddSingleton<InvitationLimits>()
        .AddSingleton<IResourceVersions, InvitationVersions>()
        .AddSingleton<InvitationAcceptance>()
        .AddSingleton<IInvitedPeople, InvitedPeople>()
        .AddSingleton(p => new InvitationLinks(
            p.GetRequiredService<HubDatabase>(), p.GetRequiredService<InvitationStore>(), p.GetRequiredService<RecentSignIn>(), p.GetRequiredService<IAccountRecord>()))
        .AddSingleton(p => new InvitationDoor(
            p.GetRequiredService<HubDatabase>(), p.GetRequiredService<InvitationStore>(), p.GetRequiredService<InvitationAcceptance>(), p.GetRequiredService<AccountStore>(),
            p.GetRequiredService<SessionOpening>(), p.GetRequiredService<IPrincipals>(), p.GetRequiredService<ISignInPolicy>()))
        .AddSingleton(p => new Newcomers(
            p.GetRequiredService<HubDatabase>(), p.GetRequiredService<InvitationDoor>(), p.GetRequiredService<InvitationAcceptance>(), p.GetRequiredService<AccountStore>(),
            p.GetRequiredService<PasswordStore>(), p.GetRequiredService<PasswordLanes>(), p.GetRequiredService<SessionOpening>(), p.GetRequiredService<IAccountRecord>()));
}
