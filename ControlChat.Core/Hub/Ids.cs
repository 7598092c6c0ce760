namespace ControlChat.Core.Hub;

/// <summary>Opaque ids: a prefix that says the kind, then a version 7 UUID in hex, so that ids of one kind sort by their making.</summary>
public static class Ids
{
    public static string New(string prefix) => $"{prefix}_{Guid.CreateVersion7():n}";
}
