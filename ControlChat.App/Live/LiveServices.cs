namespace ControlChat.App.Live;

internal static class LiveServices
{
    /// <summary>Feeds of what happens, for pages and streams.</summary>
    public static IServiceCollection AddLive(this IServiceCollection services) => services.AddSingleton<ConversationFeeds>();
}
