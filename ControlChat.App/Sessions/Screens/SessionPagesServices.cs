using ControlChat.App.Ui;

namespace ControlChat.App.Sessions.Screens;

internal static class SessionPagesServices
{
    public static IServiceCollection AddSessionPages(this IServiceCollection services) => services
        .AddScoped<SessionCalls>()
        .AddScoped<SessionPlaces>()
        .AddSingleton<ConsoleBundle>()
        .AddScoped<IPaletteSource, PanicPaletteSource>();
}
