using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Files;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Handoffs;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Tools.Handoff;

/// <summary>What a task may be: lengths, paths that stay in the workspace, a time and a budget that make sense.</summary>
internal static class CapsuleRules
{
    public const int MostGoal = 8000;
    public const int MostPaths = 20;
    public const int LeastBudget = 1000;

    /// <summary>More than an account's day ever has.</summary>
    public const int MostBudget = 1_000_000_000;

    private const long MostWhole = 9007199254740991;
    private const int MostPath = 400;
    private const int MostParameters = 8000;

    /// <exception cref="ToolRefusedException"><c>invalid</c> or <c>too_long</c>, naming the argument.</exception>
    public static Capsule Read(HandOver.Arguments asked, string workspaceId, DateTimeOffset now, HubOptions options)
    {
        var goal = StoredText.Of(asked.Goal.Trim());
        if (goal.Length == 0) throw ToolRefusedException.Invalid("'goal' is empty. Say what the agent is to do.");
        var capsule = new Capsule(
            workspaceId, goal, Parameters(asked.Parameters), Allowed(asked.AllowedPaths),
            Deadline(asked.Deadline, now, options.Sessions.Ttl), asked.BudgetTokens, Paths(asked.Artefacts ?? [], "artefacts"));
        SessionText.Check(capsule.ToMessage(), options.Limits.MessageChars);
        return capsule;
    }

    private static DateTimeOffset? Deadline(string? text, DateTimeOffset now, TimeSpan most)
    {
        if (text is null) return null;
        if (!Timestamps.TryParse(text, out var deadline)) throw ToolRefusedException.Invalid("'deadline' must be a time such as 2026-11-21T08:00:00Z.");
        if (deadline <= now) throw ToolRefusedException.Invalid($"'deadline' has passed: it is {Timestamps.Format(now)} now.");
        if (deadline > now + most) throw ToolRefusedException.Invalid($"'deadline' must be before {Timestamps.Format(now + most)}: a session lives {most} at most (Sessions:Ttl).");
        // As it is written and read again.
        return Timestamps.Parse(Timestamps.Format(deadline));
    }

    private static JsonObject? Parameters(JsonObject? parameters)
    {
        if (parameters is not { Count: > 0 }) return null;
        try
        {
            if (!IsPlain(parameters)) throw new FormatException();
            if (CanonicalJson.Write(parameters).Length <= MostParameters) return (JsonObject)parameters.DeepClone();
            throw new ToolRefusedException("invalid", "too_long", $"'parameters' takes more than {MostParameters} characters. Put what is long into a file of the workspace.");
        }
        catch (FormatException)
        {
            throw ToolRefusedException.Invalid("'parameters' may hold text, whole numbers, true, false, lists and objects. Write other numbers as text.");
        }
    }

    // What a plan may hold (contracts, section 3): numbers that every reader reads alike.
    private static bool IsPlain(JsonNode? node) => node switch
    {
        JsonObject record => record.All(p => IsPlain(p.Value)),
        JsonArray list => list.All(IsPlain),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number =>
            long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) && whole is >= -MostWhole and <= MostWhole,
        _ => true,
    };

    private static List<string>? Allowed(IReadOnlyList<string>? paths) => paths switch
    {
        null => null,
        [] => throw ToolRefusedException.Invalid("'allowed_paths' is empty, so nothing could be changed. Leave it out for all of the workspace."),
        _ => Paths(paths, "allowed_paths"),
    };

    private static List<string> Paths(IReadOnlyList<string> paths, string argument)
    {
        var read = new List<string>();
        foreach (var text in paths)
        {
            if (text.Length > MostPath) throw new ToolRefusedException("invalid", "too_long", $"A path in '{argument}' has more than {MostPath} characters.");
            if (!WorkspacePath.TryRead(text, out var path, out var refusal)) throw ToolRefusedException.Invalid($"'{argument}': {refusal.Why}");
            if (path.Depth == 0) throw ToolRefusedException.Invalid($"'{argument}' names the workspace itself. Name files or directories in it, or leave it out.");
            if (!read.Contains(path.ToString())) read.Add(path.ToString());
        }
        return read;
    }
}
