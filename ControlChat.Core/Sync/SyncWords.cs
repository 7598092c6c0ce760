using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sync;

/// <summary>How a sync is told.</summary>
public static class SyncWords
{
    /// <summary>Wakes whoever shows workspaces.</summary>
    public static string Topic { get; } = Topics.Stream("workspaces");

    /// <summary>What a difference amounts to: <c>{create, update, delete, bytes, skipped}</c>.</summary>
    public static JsonObject Counts(SyncDifference difference) => new()
    {
        ["create"] = difference.Count("create"),
        ["update"] = difference.Count("update"),
        ["delete"] = difference.Count("delete"),
        ["bytes"] = difference.Bytes,
        ["skipped"] = difference.Skipped,
    };
}
