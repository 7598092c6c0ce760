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

    /// <summary>For one approved call from its beginning to its end, whatever it waits for; nothing is sent after it.</summary>
    public static readonly TimeSpan Whole = TimeSpan.FromSeconds(150);

    /// <summary>Bytes of one answer, or of one line of a program.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    /// <summary>Lines, and twice <see cref="MostBytes"/>, that a program may write between two calls.</summary>
    public const int MostLines = 10_000;

    /// <summary>Tools of one server that are looked at; the rest is not offered.</summary>
    public const int MostTools = 100;

    /// <summary>Tools of one server that are ever pinned: it may call them otherwise each time.</summary>
    public const int MostPins = 200;

    /// <summary>Tools of all servers that a model is offered: providers take 128 in all.</summary>
    public const int MostOffered = 64;

    /// <summary>Characters of what a model is told of them.</summary>
    public const int MostTold = 64 * 1024;

    /// <summary>Characters of one definition.</summary>
    public const int MostDefinition = 16 * 1024;

    /// <summary>Characters of the arguments of a call that nobody is asked about: all of them must stand on the record.</summary>
    public const int MostUnasked = 4_000;

    /// <summary>Levels of structured content; what is deeper is left out.</summary>
    public const int MostDepth = 24;

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
public sealed class ServerFaultException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The connection broke: another one may do.</summary>
    public bool IsBroken { get; init; }
}
