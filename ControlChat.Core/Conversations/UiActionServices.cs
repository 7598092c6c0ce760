using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Conversations;

public static class UiActionServices
{
    /// <summary>What an agent may have a browser show.</summary>
    public static IServiceCollection AddUiActions(this IServiceCollection services) => services.AddSingleton<IUiActions, UiActions>();
}
