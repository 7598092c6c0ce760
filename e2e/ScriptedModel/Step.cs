namespace ControlChat.ScriptedModel;

/// <summary>One thing the scripted model does while it answers.</summary>
public abstract record Step
{
    private Step() { }

    public sealed record Text(string Delta) : Step;

    public sealed record Reasoning(string Delta) : Step;

    /// <summary>Calls of one turn, their arguments sent in pieces that alternate between the calls.</summary>
    public sealed record Calls(IReadOnlyList<ScriptedCall> List, int Pieces = 1) : Step;

    /// <summary>Sends nothing more and keeps the connection open until the client gives up.</summary>
    public sealed record Stall : Step;

    /// <summary>Breaks the connection off.</summary>
    public sealed record Cut : Step;

    /// <summary>Ends the stream in good order, without its final event.</summary>
    public sealed record EndEarly : Step;

    /// <summary>Sends <paramref name="Line"/> as one event's data, as it is.</summary>
    public sealed record Raw(string Line) : Step;

    /// <summary>A comment line: bytes, but no event.</summary>
    public sealed record Comment : Step;

    /// <summary>An error inside the stream.</summary>
    public sealed record Failure(string Code, string Message) : Step;

    /// <summary>Goes on when the test says so.</summary>
    public sealed record WaitFor(Task Signal) : Step;

    /// <summary>Ends because of the length limit instead of by itself.</summary>
    public sealed record OutOfTokens : Step;
}

/// <param name="Name">The tool's wire name, real or invented.</param>
/// <param name="Arguments">As text, so that a script can send what is no JSON.</param>
/// <param name="Namespace">Of the Responses API: whose tool it is, such as <c>mcp__workspace</c>.</param>
public sealed record ScriptedCall(string Name, string Arguments, string? CallId = null, string? Namespace = null);
