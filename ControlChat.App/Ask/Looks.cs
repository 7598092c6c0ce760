using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace ControlChat.App.Ask;

/// <summary>
/// Does what an agent asks the browser to show, after checking the allowlist again, here and in the browser. It never opens,
/// scrolls to or highlights a decision. Scoped: one per circuit.
/// </summary>
public sealed partial class Looks(IUiActions actions, CircuitPrincipal person, NavigationManager navigation, ILogger<Looks> logger)
{
    public static string Words(AskPart.Look look)
    {
        var what = look.Action switch
        {
            UiActionAllowlist.OpenWorkspace => Texts.OpenAWorkspace,
            UiActionAllowlist.ShowPage => Texts.ShowThePage.With(look.Target),
            UiActionAllowlist.ShowTab => Texts.ShowNamed.With(look.Target.Replace('.', ' ')),
            UiActionAllowlist.Highlight => Texts.PointAt.With(look.Target),
            _ => Texts.ShowSomething,
        };
        return look.Result switch
        {
            "done" => Texts.AskedToDone.With(what),
            "refused" => Texts.AskedToRefused.With(what),
            "no_browser" => Texts.AskedToNoBrowserWasOpen.With(what),
            "timeout" => Texts.AskedToNotAnsweredInTime.With(what),
            _ => look.Offer ? Texts.OffersToItReadTextFrom.With(what) : Texts.AsksTo.With(what),
        };
    }

    /// <summary>Null for a highlight and for what is not on the allowlist.</summary>
    public static string? PathOf(AskPart.Look look) => UiActionAllowlist.Allows(look.Action, look.Target) ? UiActionAllowlist.PathOf(look.Action, look.Target) : null;

    /// <summary>The person clicked an offer.</summary>
    public async Task ClickedAsync(AskPart.Look look)
    {
        if (person.Current is { } principal) await actions.AcknowledgeAsync(principal, look.Id, done: true, CancellationToken.None);
    }

    /// <summary>
    /// Does what waits to be shown. A browser that came while it waited (a reload, the dock) does it too: it is taken once, by
    /// whichever browser is looked at, and only while its run still waits for it.
    /// </summary>
    internal async Task ShowAsync(AskState state, IJSObjectReference script)
    {
        try
        {
            foreach (var look in state.Parts<AskPart.Look>().Where(look => look.Result is null).ToList()) await ShowAsync(look, script);
        }
        catch (Exception e) when (e is JSException or ObjectDisposedException or HubUnavailableException or OperationCanceledException)
        {
            // The run that asked is told that no browser answered in time.
            LogNotShown(logger, e);
        }
    }

    private async Task ShowAsync(AskPart.Look look, IJSObjectReference script)
    {
        if (person.Current is not { } principal) return;
        // A page in the background is not the one the person looks at.
        if (!await script.AskAsync<bool>("watched") || !await actions.TakeAsync(principal, look.Id, CancellationToken.None)) return;
        if (look.Offer) return;
        var done = await DoAsync(look, script);
        await actions.AcknowledgeAsync(principal, look.Id, done, CancellationToken.None);
    }

    private async Task<bool> DoAsync(AskPart.Look look, IJSObjectReference script)
    {
        if (!UiActionAllowlist.Allows(look.Action, look.Target)) return false;
        if (PathOf(look) is not { } path) return await script.AskAsync<bool>("highlight", look.Target);
        if (!await script.AskAsync<bool>("allows", path)) return false;
        navigation.NavigateTo(path);
        return true;
    }

    [LoggerMessage(1, LogLevel.Warning, "What an agent asked the browser to show was not shown")]
    private static partial void LogNotShown(ILogger logger, Exception fault);
}
