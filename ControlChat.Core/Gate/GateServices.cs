using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Gate;

public static class GateServices
{
    /// <summary>Planning, approval and applying.</summary>
    public static IServiceCollection AddGate(this IServiceCollection services) => services;
}
