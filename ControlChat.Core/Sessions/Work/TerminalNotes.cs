using System.Globalization;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Sessions.Work;

/// <summary>What a worker says in a terminal.</summary>
internal static class TerminalNotes
{
    /// <summary>For the people of a terminal that could not go on.</summary>
    public const string Gone = "The hub was restarted, and the terminal with it. Its transcript is kept. Start a new one.";

    public const string Frozen = "Agents are stopped here. Nothing can be typed until the stop switch is lifted.";
    public const string Thawed = "The stop switch is lifted. The terminal takes input again.";

    public static string Excess(int most) => $"The terminal's program printed more than {most} MiB, with what was typed, as much as one session may (Sessions:OutputMegabytes).";

    public static string Exited(int? code) => code is { } number ? $"The program ended with code {number.ToString(CultureInfo.InvariantCulture)}." : "The program ended.";

    public static SessionEvent Adopted() => new(SessionEvents.System, new JsonObject
    {
        ["text"] = "Another worker has taken this terminal over. What was printed in between is not in its transcript.",
        ["code"] = SessionEvents.TakenOver,
    });
}
