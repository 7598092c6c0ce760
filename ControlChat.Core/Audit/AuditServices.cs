using ControlChat.Core.Hub;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Audit;

public static class AuditServices
{
    /// <summary>The chained record, its checkpoints, queries, verification and export.</summary>
    /// <param name="places">Where the record's files are.</param>
    public static IServiceCollection AddAudit(this IServiceCollection services, Func<IServiceProvider, AuditPlaces> places) => services
        .AddSingleton(places)
        .AddSingleton<AuditPulse>()
        .AddSingleton<IAuditTrail, AuditTrail>()
        .AddSingleton<HubIdentity>()
        .AddSingleton<CheckpointState>()
        .AddSingleton<IReadinessPart, CheckpointReadiness>()
        .AddSingleton(AuditFigures.LastSeq)
        .AddSingleton(p => AuditFigures.CheckpointAge(p.GetRequiredService<CheckpointState>()))
        .AddSingleton(p => AuditFigures.Unsigned(p.GetRequiredService<CheckpointState>()))
        .AddSingleton<AuditReader>()
        .AddSingleton(p => CheckpointChain.Of(p.GetRequiredService<AuditPlaces>(), p.GetRequiredService<HubDatabase>()))
        .AddSingleton(p => new AuditVerification(new RecordVerifier(p.GetRequiredService<HubDatabase>()), p.GetRequiredService<CheckpointChain>(), p.GetRequiredService<AuditPlaces>()))
        .AddSingleton(p => new AuditExport(
            p.GetRequiredService<HubDatabase>(), p.GetRequiredService<HubIdentity>(), p.GetRequiredService<IAuditTrail>(), p.GetRequiredService<CheckpointChain>(), p.GetRequiredService<AuditPlaces>()))
        .AddSingleton<CheckpointWriter>()
        .AddSingleton<ICheckpoints>(p => p.GetRequiredService<CheckpointWriter>())
        .AddHostedService(p => p.GetRequiredService<CheckpointWriter>())
        .AddHostedService<AuditIndexer>();
}
