using ControlChat.App.Approvals.Grants;
using ControlChat.App.Approvals.Notices;
using ControlChat.App.Layout;

namespace ControlChat.App.Approvals;

internal static class ApprovalServices
{
    /// <summary>What cards and the inbox work with, for one person's circuit.</summary>
    public static IServiceCollection AddApprovalCards(this IServiceCollection services) => services
        .AddScoped<CardRecord>()
        .AddScoped<CardFacts>()
        .AddScoped<ApprovalFeed>()
        .AddScoped<ApprovalDesk>()
        .AddScoped<GrantReturn>()
        .AddScoped<IShellFacts, HubShellFacts>()
        .AddScoped<IShellWatch, NoticeWatch>();
}
