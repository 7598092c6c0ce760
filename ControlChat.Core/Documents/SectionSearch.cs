using System.IO.Enumeration;

namespace ControlChat.Core.Documents;

/// <summary>What looking for a section came to.</summary>
public abstract record SectionSearch
{
    /// <summary>Headings named in an answer, at most.</summary>
    public const int MostCandidates = 10;

    private SectionSearch()
    {
    }

    public sealed record Found(Heading Heading) : SectionSearch;

    /// <param name="Why">For the one who asked: what is wrong and what to try.</param>
    /// <param name="Candidates">What may have been meant.</param>
    public sealed record Refused(string Why, IReadOnlyList<Heading> Candidates) : SectionSearch;

    /// <summary>
    /// By title as it reads: the very title; if none has it, without regard to case and to how much space stands between words; if none
    /// has that either and the pattern holds <c>*</c> or <c>?</c>, as a pattern for the whole title. Never the first of several.
    /// </summary>
    /// <param name="occurrence">Which of those that fit, from 1 in the order of the text; null: it must be the only one.</param>
    public static SectionSearch In(SectionedDocument document, string pattern, int? occurrence)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(pattern);
        var fitting = Fitting(document.Headings, pattern);
        if (fitting.Count == 0)
            return new Refused($"No heading is '{pattern}'. Give a title as it reads, or a part of one with * before and after.", [.. document.Headings.OrderBy(h => Likeness(h.Title, pattern)).Take(MostCandidates).OrderBy(h => h.Line)]);
        if (occurrence is { } wanted)
            return wanted >= 1 && wanted <= fitting.Count ? new Found(fitting[wanted - 1]) : new Refused($"{fitting.Count} headings fit '{pattern}', so the occurrence is 1 to {fitting.Count}.", [.. fitting.Take(MostCandidates)]);
        return fitting.Count == 1 ? new Found(fitting[0]) : new Refused($"{fitting.Count} headings fit '{pattern}'. Say which by its occurrence, 1 to {fitting.Count} in the order of the text.", [.. fitting.Take(MostCandidates)]);
    }

    private static List<Heading> Fitting(IReadOnlyList<Heading> headings, string pattern)
    {
        var same = headings.Where(h => h.Title == pattern).ToList();
        if (same.Count > 0) return same;
        var plain = Plain(pattern);
        same = [.. headings.Where(h => Plain(h.Title).Equals(plain, StringComparison.OrdinalIgnoreCase))];
        if (same.Count > 0 || !plain.AsSpan().ContainsAny('*', '?')) return same;
        return [.. headings.Where(h => FileSystemName.MatchesSimpleExpression(plain, Plain(h.Title)))];
    }

    private static string Plain(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    // Words in common count most: a rough order is enough to show.
    private static int Likeness(string title, string pattern)
    {
        var words = pattern.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return -words.Count(w => title.Contains(w.Trim('*', '?'), StringComparison.OrdinalIgnoreCase)) * 1_000 + Math.Abs(title.Length - pattern.Length);
    }
}
