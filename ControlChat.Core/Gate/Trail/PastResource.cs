using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate.Trail;

/// <param name="Resource">As the record names it.</param>
/// <param name="At">The time asked for.</param>
/// <param name="Exists">Whether it was there then; null when the record does not say.</param>
/// <param name="Fields">What is known of it; of a group, one for each member, by its account, with the role.</param>
/// <param name="RecordBegins">When the first row was written that was looked at: of what was before, the record knows only what the first change replaced.</param>
/// <param name="Begins">That row; 1 when the whole record was looked at.</param>
/// <param name="Waiting">New rows that were not looked at yet; 0 but for moments.</param>
public sealed record PastResource(
    string Resource, DateTimeOffset At, bool? Exists, IReadOnlyList<PastField> Fields, DateTimeOffset? RecordBegins, long Begins, long Waiting)
{
    /// <summary>A group that has more members on the record than are looked at: these are the first of them, by their accounts.</summary>
    public bool Cut { get; init; }
}

/// <param name="Known"><c>set</c>: the change in row <paramref name="Seq"/> made it so. <c>replaced</c>: the first change after that time, in row <paramref name="Seq"/>, found it so. <c>present</c>: it never changed on the record, and is so now.</param>
/// <param name="Seq">The row it is known from; null for <c>present</c>.</param>
/// <param name="Since">When it was made so; null when the record does not say.</param>
public sealed record PastField(string Field, JsonNode? Value, string Known, long? Seq, DateTimeOffset? Since)
{
    /// <summary>The name of a group's member; null elsewhere.</summary>
    public string? Name { get; init; }
}
