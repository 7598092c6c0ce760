using ControlChat.App.Layout;
using ControlChat.App.Sessions.Screens;
using ControlChat.App.Ui;
using Microsoft.AspNetCore.Components.Server.Circuits;

namespace ControlChat.App.AgentChats;

internal static class AgentChatServices
{
    public static IServiceCollection AddAgentChats(this IServiceCollection services) => services
        .AddSingleton<ChatPresence>()
        .AddSingleton<ISessionWatch>(p => p.GetRequiredService<ChatPresence>())
        .AddHostedService(p => p.GetRequiredService<ChatPresence>())
        .AddSingleton<OpenChats>()
        .AddHostedService(p => p.GetRequiredService<OpenChats>())
        .AddScoped<AgentCircuit>()
        .AddScoped<CircuitHandler>(p => p.GetRequiredService<AgentCircuit>())
        .AddScoped<AgentChat>()
        .AddScoped<IPaletteSource, AgentPaletteSource>()
        .AddSingleton<IDockContent, AgentDockContent>();

    private sealed class AgentDockContent : IDockContent
    {
        public Type Component => typeof(AgentDock);

        public string Name => IDockContent.Agent;
    }
}
