using System.Text;
using ControlChat.Core.Runner;
using Xunit;

namespace ControlChat.Tests.Core.Runner.Offline;

/// <summary>Mutated sentences: whatever leads to a write must still be one of a few plain shapes, checked by a reader of its own.</summary>
public sealed class GrammarFuzz : PlannerTest
{
    private static readonly string[] Insertions =
    [
        "don't ", "not ", "never ", "if ", "unless ", "when ", "should ", "maybe ", "? ", ". ", "; ", "\n", "`", "\"", "“", "> ", " to ", " and ", " or ", ", ", " then ", "archive ", "delete ", "purge ", "workspace ",
        "yes ", "/", "/delete x", "#", "+", "\u202e", "\u200b", "é", "🙂", "  ", "\t", "|", "<", "http://x ", "all ", "everything ", "it ", "please ", "tomorrow", "once ", "\0",
    ];

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void Mutated_sentences_write_only_when_they_are_sentences(int seed)
    {
        var random = new Random(seed);
        var writes = 0;
        for (var i = 0; i < 500; i++)
        {
            var text = Mutate(random, PlainSentences.All[random.Next(PlainSentences.All.Count)].Example);
            if (!Writes(text)) continue;
            writes++;
            Assert.True(IsPlainOrder(text), $"seed {seed}, case {i}: <{text}>");
        }
        Assert.True(writes > 0, "no mutation was a sentence: the test has lost its teeth");
    }

    private static string Mutate(Random random, string text)
    {
        var result = new StringBuilder(text);
        for (var n = random.Next(1, 4); n > 0 && result.Length > 1; n--)
        {
            var at = random.Next(result.Length);
            switch (random.Next(5))
            {
                case 0: result.Insert(at, Insertions[random.Next(Insertions.Length)]); break;
                case 1: result.Remove(at, 1); break;
                case 2: result.Insert(random.Next(2) * result.Length, Insertions[random.Next(Insertions.Length)]); break;
                case 3: result[at] = (char)random.Next(32, 127); break;
                default: result.Append(' ').Append(PlainSentences.All[random.Next(PlainSentences.All.Count)].Example); break;
            }
        }
        return result.ToString();
    }

    // Deliberately written another way than the grammar: by words.
    private static bool IsPlainOrder(string text)
    {
        var trimmed = text.Trim();
        if (trimmed.StartsWith('/')) return true;
        if (IsOnboarding(trimmed)) return true;
        if (trimmed.Any(c => c is '\n' or '?' or '`' or '!' or ';' or '<' or '|' or '\0' or '\u202e' or '\u200b')) return false;
        var outside = new StringBuilder();
        var quoted = false;
        foreach (var c in trimmed)
        {
            if (c is '"' or '“' or '”') quoted = !quoted;
            else if (!quoted) outside.Append(char.ToLowerInvariant(c));
        }
        if (quoted) return false;
        var words = outside.ToString().TrimEnd('.').Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        string[] doubts = ["don't", "not", "never", "if", "unless", "when", "should", "maybe", "tomorrow", "once", "or", "then", "all", "everything"];
        string[] verbs = ["create", "make", "add", "rename", "tag", "remove", "pin", "unpin", "archive", "unarchive", "delete", "restore", "purge", "set", "switch", "use", "undo", "share", "unshare", "start", "turn", "shut", "sync", "configure", "ask", "invite", "revoke"];
        var first = words.SkipWhile(w => w == "please").FirstOrDefault();
        return verbs.Contains(first) && !words.Intersect(doubts).Any() && !outside.ToString().TrimEnd('.').Contains(". ", StringComparison.Ordinal);
    }

    // What stands before the colon is an order without doubts; behind it there is an address in every line that says anything.
    private static bool IsOnboarding(string text)
    {
        var colon = text.IndexOf(": ", StringComparison.Ordinal) is >= 0 and var found ? found : text.IndexOf(":\n", StringComparison.Ordinal);
        if (colon < 0) return false;
        var words = text[..colon].ToLowerInvariant().Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        string[] doubts = ["don't", "not", "never", "if", "unless", "when", "should", "maybe", "tomorrow", "once", "?"];
        return words.SkipWhile(w => w == "please").FirstOrDefault() is "onboard" or "invite" && !words.Intersect(doubts).Any()
            && text[(colon + 1)..].Split('\n').Where(line => line.Any(char.IsLetterOrDigit)).All(line => line.Contains('@', StringComparison.Ordinal));
    }
}
