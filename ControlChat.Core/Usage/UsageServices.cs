using ControlChat.Core.Audit;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Usage;

public static class UsageServices
{
    /// <summary>What is used of the hub, counted and shown.</summary>
    public static IServiceCollection AddUsage(this IServiceCollection services) => services
        .AddSingleton<UsageCounts>()
        .AddSingleton<UsageDesk>()
        .AddSingleton(p => new UsageExport(p.GetRequiredService<UsageDesk>(), p.GetRequiredService<IAuditTrail>()))
        .AddHostedService<UsageFlush>()
        .AddHostedService<UsageBackfill>();
}
