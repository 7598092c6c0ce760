using ControlChat.Core.Gate.Policies;

namespace ControlChat.App.Policies;

/// <summary>Rules as they shall be, beside those that are in force.</summary>
/// <param name="Of">The version it was made from.</param>
/// <param name="Saved">The rules of that version.</param>
public sealed record PolicyDraft(long Of, IReadOnlyList<PolicyRule> Saved)
{
    public IReadOnlyList<PolicyRule> Rules { get; init; } = Saved;

    public bool IsChanged => !Difference.IsEmpty;

    public PolicyDifference Difference => PolicyDifference.Between(Saved, Rules);

    /// <summary>Those of the draft, then those it takes away.</summary>
    public IEnumerable<(PolicyRule Rule, DraftMark Mark)> Rows =>
        Rules.Select(r => (r, Saved.FirstOrDefault(s => s.Id == r.Id) is not { } before ? DraftMark.Added : before == r ? DraftMark.Kept : DraftMark.Changed))
            .Concat(Saved.Where(s => Rules.All(r => r.Id != s.Id)).Select(s => (s, DraftMark.Removed)));

    public PolicyDraft Put(PolicyRule rule) => this with { Rules = Rules.Any(r => r.Id == rule.Id) ? [.. Rules.Select(r => r.Id == rule.Id ? rule : r)] : [.. Rules, rule] };

    public PolicyDraft Remove(string id) => this with { Rules = [.. Rules.Where(r => r.Id != id)] };

    public PolicyDraft Restore(string id) => Saved.FirstOrDefault(s => s.Id == id) is { } saved ? Put(saved) : Remove(id);
}

public enum DraftMark
{
    Kept,
    Added,
    Changed,
    Removed,
}
