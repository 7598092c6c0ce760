using ControlChat.App.Layout;

namespace ControlChat.App.Ask;

internal static class AskServices
{
    public static IServiceCollection AddAsk(this IServiceCollection services) => services
        .AddTransient<AskConversation>()
        .AddTransient<Threads>()
        .AddScoped<AskPlace>()
        .AddScoped<Looks>()
        .AddScoped<FirstSteps>()
        .AddSingleton<IDockContent, AskDockContent>();

    private sealed class AskDockContent : IDockContent
    {
        public Type Component => typeof(AskDock);
    }
}
