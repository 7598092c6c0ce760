namespace ControlChat.Core.Settings;

/// <summary>A changed value: of the hub, or of one person.</summary>
public sealed record StoredSetting
{
    public required string Key { get; init; }

    /// <summary>Whose; empty for the whole hub.</summary>
    public required string AccountId { get; init; }

    /// <summary>Canonical text; null when it was taken back.</summary>
    public string? Value { get; init; }
    public required long Version { get; init; }
    public required string ChangedBy { get; init; }
    public required DateTimeOffset ChangedAt { get; init; }
}
