using System.Text;
using ControlChat.Core.Gate;

namespace ControlChat.Core.Runner.Offline;

/// <summary>What <c>/help</c> answers: the commands and sentences that work with the offered tools.</summary>
internal static class HelpText
{
    public static string For(IReadOnlyCollection<string> wireNames)
    {
        var text = new StringBuilder("Commands:\n\n| Command | What it does | Changes |\n| --- | --- | --- |\n");
        foreach (var command in SlashCommands.With(wireNames))
            text.Append("| `").Append(command.Syntax.Replace("|", "\\|", StringComparison.Ordinal)).Append("` | ").Append(command.Does).Append(" | ").Append(command.Scope == ToolScope.Read ? "nothing" : command.Scope.Wire()).Append(" |\n");
        text.Append("\nSentences, each as a whole message:\n\n");
        foreach (var sentence in PlainSentences.All.Where(s => wireNames.Contains(ToolWireName.Of(s.Tool))))
            text.Append("- ").Append(sentence.Example).Append('\n');
        return text.Append("\nA title with punctuation or small words such as \"to\" and \"and\" stands in double quotes. People to onboard may follow below the sentence, one a line or as a table. Approvals are clicked on their card, never typed.").ToString();
    }
}
