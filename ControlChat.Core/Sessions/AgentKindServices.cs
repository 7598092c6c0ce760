using ControlChat.Core.Sessions.Codex;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ControlChat.Core.Sessions;

/// <summary>The programs that can be workspace agents: a new kind is one line here.</summary>
public static class AgentKindServices
{
    public static IServiceCollection AddAgentKinds(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IAgentKind, CodexAgent>();
        return services;
    }
}
