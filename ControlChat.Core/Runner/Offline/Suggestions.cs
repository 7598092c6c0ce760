using System.Text;

namespace ControlChat.Core.Runner.Offline;

/// <summary>The nearest slash commands to a text that was not understood. The text itself is never repeated.</summary>
internal static class Suggestions
{
    private const int Most = 3;
    private static readonly char[] Separators = [' ', '\t', '\n', '.', ',', ';', ':', '!', '?', '"', '\'', '(', ')', '/'];

    public static Move For(string text)
    {
        var answer = new StringBuilder(Guards.Forbids(text)
            ? "This reads like a question, a condition, a \"not\" or something pasted, so nothing was done."
            : "That is no sentence the offline planner knows as a whole, so nothing was done.");
        var near = Nearest(text);
        if (near.Count > 0)
        {
            answer.Append(" Nearest commands:\n\n");
            foreach (var command in near) answer.Append("- `").Append(command.Syntax).Append("`: ").AppendLine(command.Does);
        }
        return new Move.Say(answer.Append("\n`/help` lists every command and sentence.").ToString());
    }

    internal static IReadOnlyList<SlashCommand> Nearest(string text)
    {
        var words = text.ToLowerInvariant().Split(Separators, StringSplitOptions.RemoveEmptyEntries).Take(60).ToList();
        return [.. SlashCommands.All
            .Select(c => (Command: c, Score: words.Select(w => Score(c, w)).DefaultIfEmpty().Max()))
            .Where(p => p.Score > 0)
            .OrderByDescending(p => p.Score)
            .Take(Most)
            .Select(p => p.Command)];
    }

    private static int Score(SlashCommand command, string word)
    {
        var name = command.Name[1..];
        if (word == name) return 10;
        if (command.Keywords.Contains(word)) return 6;
        if (word.Length < 3 || word.Length > 20) return 0;
        var distance = Distance(word, name);
        return distance <= 1 + (name.Length / 6) ? 8 - distance : 0;
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.Length];
    }
}
