using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Audit;

public static class AuditServices
{
    /// <summary>The chained record, its checkpoints, queries, verification and export.</summary>
    public static IServiceCollection AddAudit(this IServiceCollection services) => services
        .AddSingleton<IAuditTrail, AuditTrail>();
}
