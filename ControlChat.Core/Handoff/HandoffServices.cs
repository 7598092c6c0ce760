using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Handoff;

public static class HandoffServices
{
    /// <summary>Follows tasks that were handed over to workspace agents, for processes that work.</summary>
    public static IServiceCollection AddHandoffFollower(this IServiceCollection services) => services
        .AddSingleton<HandoffReporting>()
        .AddSingleton<HandoffFollowing>()
        .AddHostedService<HandoffFollower>();
}
