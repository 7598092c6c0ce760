using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner;

/// <summary>What goes to the model beside the history: the instructions for the run's author, and the tools.</summary>
internal sealed class Briefing(IHubSettings settings, SettingBook book, ToolStep tools)
{
    public async Task<ChatOptions> ForAsync(IHubReader reader, Principal author, CancellationToken cancellationToken)
    {
        var options = settings.Current;
        var chosen = await book.ChosenAsync(reader, author.AccountId, cancellationToken);
        return new ChatOptions
        {
            Instructions = Prompt.Instructions(options, author, chosen.GetValueOrDefault("Ui:TimeZone", options.Ui.TimeZone)),
            Tools = tools.Tools,
            AllowMultipleToolCalls = true,
        };
    }
}
