using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Conversations;

public static class ConversationServices
{
    /// <summary>Threads, messages and their event log.</summary>
    public static IServiceCollection AddConversations(this IServiceCollection services) => services
        .AddSingleton<IConversationLog, ConversationLog>()
        .AddSingleton<ConversationService>()
        .AddSingleton<ConversationExporter>()
        .AddHostedService<ConversationIndexer>();
}
