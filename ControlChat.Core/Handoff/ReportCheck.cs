using System.Text.Json.Serialization;
using ControlChat.Core.Files;
using ControlChat.Core.Sessions.Handoffs;

namespace ControlChat.Core.Handoff;

/// <summary>One thing that was looked at in the workspace after an agent reported.</summary>
/// <param name="Path">Relative to the workspace, or as the agent named it.</param>
/// <param name="Kind"><c>file|directory|other</c>; null when it is not there, or may not be looked at.</param>
/// <param name="Bytes">Of a file.</param>
/// <param name="Expected">The capsule asks for it.</param>
/// <param name="Problem">One of <see cref="CheckProblem"/>; null: as it should be.</param>
public sealed record ReportCheck(string Path, bool Exists, string? Kind, long? Bytes, bool Expected, string? Problem)
{
    [JsonIgnore]
    public bool IsFine => Problem is null;
}

public static class CheckProblem
{
    /// <summary>The capsule asks for it, and it is not there.</summary>
    public const string Missing = "missing";

    /// <summary>The agent says it made or changed it, and it is not there.</summary>
    public const string NotThere = "reported_but_missing";

    /// <summary>The agent says it deleted it, and it is there.</summary>
    public const string StillThere = "reported_but_there";

    /// <summary>Changed where the capsule does not let it.</summary>
    public const string NotAllowed = "outside_allowed_paths";

    /// <summary>It leads out of the workspace, or nobody may look at it.</summary>
    public const string Unreadable = "not_readable";
}

/// <summary>Looks in the workspace itself, by descriptor: what the agent says is not asked.</summary>
internal static class ReportChecks
{
    public static IReadOnlyList<ReportCheck> Of(Capsule capsule, TurnAccount account, WorkspaceFiles? files)
    {
        var checks = capsule.Artefacts.Select(path => Expected(path, files)).ToList();
        foreach (var (path, kind) in account.Files)
        {
            var check = Reported(path, kind, capsule, files);
            if (!check.IsFine || checks.All(c => c.Path != path)) checks.Add(check);
        }
        return checks;
    }

    private static ReportCheck Expected(string path, WorkspaceFiles? files)
    {
        var (exists, kind, bytes, problem) = Look(path, files);
        return new ReportCheck(path, exists, kind, bytes, true, problem ?? (exists ? null : CheckProblem.Missing));
    }

    private static ReportCheck Reported(string path, string change, Capsule capsule, WorkspaceFiles? files)
    {
        var (exists, kind, bytes, problem) = Look(path, files);
        if (!IsAllowed(path, capsule)) problem = CheckProblem.NotAllowed;
        problem ??= (change, exists) switch
        {
            ("delete", true) => CheckProblem.StillThere,
            ("delete", false) or (_, true) => null,
            _ => CheckProblem.NotThere,
        };
        return new ReportCheck(path, exists, kind, bytes, false, problem);
    }

    private static bool IsAllowed(string path, Capsule capsule) =>
        capsule.AllowedPaths is not { } allowed || allowed.Any(a => path == a || path.StartsWith(a + "/", StringComparison.Ordinal));

    private static (bool Exists, string? Kind, long? Bytes, string? Problem) Look(string path, WorkspaceFiles? files) => files?.Read(path, 0, 1) switch
    {
        null => (false, null, null, null),
        FileReading.Text text => (true, "file", text.Size, null),
        FileReading.Binary binary => (true, "file", binary.Size, null),
        FileReading.Refused { Refusal.Problem: FileProblem.IsADirectory } => (true, "directory", null, null),
        FileReading.Refused { Refusal.Problem: FileProblem.NotRegular } => (true, "other", null, null),
        FileReading.Refused { Refusal.Problem: FileProblem.Absent or FileProblem.NotADirectory } => (false, null, null, null),
        _ => (false, null, null, CheckProblem.Unreadable),
    };
}
