using ControlChat.Core.Conversations;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Runner;

public static class RunnerServices
{
    /// <summary>The control agent: what a page or a route needs of it.</summary>
    public static IServiceCollection AddRunner(this IServiceCollection services) => services
        .AddSingleton<IModelSource, ModelSource>()
        .AddSingleton<RunJournal>()
        .AddSingleton<ModelStep>()
        .AddSingleton<ToolStep>()
        .AddSingleton<Briefing>()
        .AddSingleton<RunExecutor>()
        .AddSingleton<ApprovalAnswers>()
        .AddSingleton<IOutboxHandler>(s => s.GetRequiredService<ApprovalAnswers>())
        .AddSingleton(s => new RunControl(
            s.GetRequiredService<HubDatabase>(), s.GetRequiredService<IConversationLog>(), s.GetRequiredService<IApprovals>(), s.GetRequiredService<RunJournal>()));

    /// <summary>The worker that carries runs out, for processes that work.</summary>
    public static IServiceCollection AddRunnerWorker(this IServiceCollection services) => services
        .AddSingleton<WorkerPulse>()
        .AddSingleton<IReadinessPart>(s => s.GetRequiredService<WorkerPulse>())
        .AddHostedService<RunWorker>();
}
