namespace ControlChat.App.Sessions.Streams;

internal static class StreamServices
{
    /// <summary>Terminals over WebSockets, and the tickets that open them.</summary>
    public static IServiceCollection AddStreams(this IServiceCollection services) => services.AddSingleton<TicketPace>().AddSingleton<TerminalStreams>();
}
