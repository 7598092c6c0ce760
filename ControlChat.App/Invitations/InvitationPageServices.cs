namespace ControlChat.App.Invitations;

internal static class InvitationPageServices
{
    /// <summary>The page behind the link of an invitation.</summary>
    public static IServiceCollection AddInvitationPages(this IServiceCollection services) => services
        .AddSingleton<InviteCookie>()
        .AddSingleton<InviteGuard>()
        .AddSingleton<InvitePages>();
}
