using ControlChat.App.Approvals.Cards;
using ControlChat.App.Ui;
using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Notices;

/// <summary>The words of notices. None of what anybody wrote stands in them: no title, no reason, no name of a person.</summary>
internal static class NoticeWords
{
    /// <param name="entries">At least one, all of this kind.</param>
    /// <param name="waiting">How many wait for the reader in all.</param>
    public static Notice Of(NoticeKind kind, IReadOnlyList<ApprovalNews> entries, int waiting, DateTimeOffset now)
    {
        var newest = entries.MaxBy(e => e.Id, StringComparer.Ordinal)!;
        var (title, body) = kind switch
        {
            NoticeKind.Waits => Waits(entries, Math.Max(waiting, entries.Count)),
            NoticeKind.Ends => Ends(entries, now),
            _ => Decided(entries),
        };
        var tag = $"approvals-{kind.ToString().ToLowerInvariant()}";
        return new Notice(tag, $"{tag}:{newest.Id}", title, body, entries.Count == 1 ? $"/approvals/{Uri.EscapeDataString(newest.Id)}" : "/approvals");
    }

    public static string Icon(NoticeKind kind) => kind switch { NoticeKind.Waits => "shield", NoticeKind.Ends => "clock", _ => "info" };

    public static string Tone(NoticeKind kind) => kind switch { NoticeKind.Waits => "accent", NoticeKind.Ends => "warn", _ => "" };

    private static (string, string) Waits(IReadOnlyList<ApprovalNews> entries, int waiting) => entries.Count == 1
        ? (Texts.OneWaits, waiting == 1 ? Texts.Named.With(Name(entries[0])) : Texts.NamedOfMany.With(Name(entries[0]), waiting))
        : (Texts.ManyWait.With(waiting), Texts.ManyAreNew.With(entries.Count));

    private static (string, string) Ends(IReadOnlyList<ApprovalNews> entries, DateTimeOffset now)
    {
        var left = Left(entries.Min(e => e.ExpiresAt) - now);
        return entries.Count == 1 ? (Texts.OneEnds.With(left), Texts.NamedUndecided.With(Name(entries[0]))) : (Texts.ManyEnd.With(entries.Count), Texts.FirstEnds.With(left));
    }

    private static string Left(TimeSpan left) => left.TotalMinutes > 90 ? Texts.Hours.With((int)Math.Round(left.TotalHours)) : Texts.Minutes.With(Math.Max(1, (int)Math.Round(left.TotalMinutes)));

    private static (string, string) Decided(IReadOnlyList<ApprovalNews> entries)
    {
        if (entries.Count > 1)
            return (Texts.ManyDecided.With(entries.Count), Texts.ManyDecidedText.With(entries.Count(e => e.Status == "consumed"), entries.Count(e => e.Status == "declined"), entries.Count(e => e.Status == "expired")));
        return entries[0].Status switch
        {
            "consumed" => (Texts.DecidedElsewhere, Texts.NamedApproved.With(Name(entries[0]))),
            "declined" => (Texts.DecidedElsewhere, Texts.NamedDeclined.With(Name(entries[0]))),
            _ => (Texts.EndedUndecided, Texts.NamedUnchanged.With(Name(entries[0]))),
        };
    }

    private static string Name(ApprovalNews news) => news.Tool is { } tool ? VisibleText.Of(tool) : Texts.OfAgent.With(AgentWords.Tag(news.Kind).Word);
}
