namespace ControlChat.Core.Hub;

/// <summary>Every topic name is built here (R90): beside the outbox, because rooms below the bus announce too.</summary>
public static class Topics
{
    /// <summary>Inbound work of the control agent.</summary>
    public const string ControlAgent = "control-agent";

    /// <summary>Wake-ups for a person's list of conversations: one was begun, renamed, put away, or its run moved. What stands after <c>stream:</c>.</summary>
    public static string ConversationsOf(string accountId) => $"conversations:{accountId}";

    /// <summary>Inbound chat of a conversation.</summary>
    public static string ChatOf(string conversationId) => $"chat:{conversationId}";

    /// <summary>Inbound chat of an agent by name; consumed by a group of workers.</summary>
    public static string ChatOfAgent(string agentName) => $"chat:{agentName}";

    /// <summary>Events of a conversation: wake-ups for stored ones, and deltas.</summary>
    public static string Stream(string conversationId) => $"stream:{conversationId}";

    /// <summary>Control of an agent: pause, resume, stop.</summary>
    public static string Control(string agentName) => $"control:{agentName}";

    /// <summary>What other processes ask of a terminal, for the worker that has it.</summary>
    public static string TerminalAsks(string sessionId) => $"stream:terminal-asks:{sessionId}";

    /// <summary>What that worker tells one window of another process.</summary>
    public static string TerminalTells(string linkId) => $"stream:terminal-tells:{linkId}";

    /// <summary>True for topics that live in memory and may be lost: wake-ups and deltas.</summary>
    public static bool IsStream(string topic) => topic.StartsWith("stream:", StringComparison.Ordinal);
}
