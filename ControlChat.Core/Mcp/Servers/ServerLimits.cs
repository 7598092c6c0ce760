namespace ControlChat.Core.Mcp.Servers;

/// <summary>What an outside tool server may take of the hub.</summary>
internal static class ServerLimits
{
    /// <summary>Until it must have answered the first words.</summary>
    public static readonly TimeSpan Connect = TimeSpan.FromSeconds(15);

    /// <summary>For one call of a tool, and for its list.</summary>
    public static readonly TimeSpan Call = TimeSpan.FromSeconds(60);

    /// <summary>Between two looks at a server's tools.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromMinutes(1);

    /// <summary>Between two tries to reach a server that is away: doubled each time up to <see cref="Look"/>.</summary>
    public static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>Bytes of one answer, or of one line of a program.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    /// <summary>Tools of one server that are looked at; the rest is not offered.</summary>
    public const int MostTools = 100;

    /// <summary>Characters of one definition.</summary>
    public const int MostDefinition = 32 * 1024;

    /// <summary>Characters of a description that a model is told.</summary>
    public const int MostDescription = 1_000;

    /// <summary>Characters of a call's arguments.</summary>
    public const int MostArguments = 64 * 1024;

    /// <summary>Characters of the text in a result.</summary>
    public const int MostText = 50_000;

    /// <summary>Calls of one server at once; more wait.</summary>
    public const int AtOnce = 4;
}

/// <summary>A server does not do what it should; the message is for people and models, and holds nothing the server said.</summary>
/// <param name="sent">Whether the call may have reached it.</param>
public sealed class ServerFaultException(string message, bool sent = false, Exception? inner = null) : Exception(message, inner)
{
    public bool WasSent { get; } = sent;

    /// <summary>The connection broke: another one may do.</summary>
    public bool IsBroken { get; init; }
}
