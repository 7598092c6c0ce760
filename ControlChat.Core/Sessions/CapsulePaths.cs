using System.Text.Json;
using ControlChat.Core.Files;

namespace ControlChat.Core.Sessions;

/// <summary>
/// What of its workspace a session may see through the hub's tools. A capsule may name paths in <c>allowed_paths</c>; then it is they and
/// what lies below them. What cannot be read as such a list allows nothing.
/// </summary>
public sealed class CapsulePaths
{
    private readonly IReadOnlyList<WorkspacePath> _paths;

    private CapsulePaths(IReadOnlyList<WorkspacePath> paths, bool isWhole) => (_paths, IsWhole) = (paths, isWhole);

    /// <summary>The whole workspace.</summary>
    public static CapsulePaths Whole { get; } = new([], isWhole: true);

    public bool IsWhole { get; }

    /// <summary>For people and models.</summary>
    public string Words => IsWhole ? "the whole workspace" : _paths.Count == 0 ? "nothing" : string.Join(", ", _paths);

    /// <param name="capsule">Of <see cref="Session.Capsule"/>.</param>
    public static CapsulePaths Of(string? capsule)
    {
        if (capsule is null) return Whole;
        try
        {
            using var document = JsonDocument.Parse(capsule);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return new([], isWhole: false);
            if (!document.RootElement.TryGetProperty("allowed_paths", out var list) || list.ValueKind == JsonValueKind.Null) return Whole;
            if (list.ValueKind != JsonValueKind.Array) return new([], isWhole: false);
            return new([.. list.EnumerateArray().Select(Read).OfType<WorkspacePath>()], isWhole: false);
        }
        catch (JsonException)
        {
            return new([], isWhole: false);
        }
    }

    public bool Allows(WorkspacePath path) => IsWhole || _paths.Any(path.IsWithin);

    private static WorkspacePath? Read(JsonElement item) =>
        item.ValueKind == JsonValueKind.String && WorkspacePath.TryRead(item.GetString()!, out var path, out _) ? path : null;
}
