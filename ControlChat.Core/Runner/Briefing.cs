using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner;

/// <summary>What goes to the model beside the history: the instructions for the run's author, and the tools.</summary>
internal sealed class Briefing(IHubSettings settings, SettingBook book, AccountLimits limits, ToolStep tools)
{
    public async Task<Brief> ForAsync(IHubReader reader, Principal author, CancellationToken cancellationToken)
    {
        var options = settings.Current;
        var chosen = await book.ChosenAsync(reader, author.AccountId, cancellationToken);
        var may = await RunLimits.OfAsync(reader, limits, author.AccountId, cancellationToken);
        return new Brief(new ChatOptions
        {
            Instructions = Prompt.Instructions(options, author, chosen.GetValueOrDefault("Ui:TimeZone", options.Ui.TimeZone), may),
            Tools = tools.Tools,
            AllowMultipleToolCalls = true,
        }, may);
    }
}

/// <param name="Limits">What the author's account may still use.</param>
internal sealed record Brief(ChatOptions Options, RunLimits Limits);
