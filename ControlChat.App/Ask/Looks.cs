using System.Text.Json;
using ControlChat.App.SignIn;
using ControlChat.Core.Conversations;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace ControlChat.App.Ask;

/// <summary>
/// Does what an agent asks the browser to show, after checking the allowlist again, here and in the browser. It never opens,
/// scrolls to or highlights a decision. Scoped: one per circuit.
/// </summary>
public sealed class Looks(IUiActions actions, CircuitPrincipal person, NavigationManager navigation)
{
    public static string Words(AskPart.Look look)
    {
        var what = look.Action switch
        {
            UiActionAllowlist.OpenWorkspace => "open a workspace",
            UiActionAllowlist.ShowPage => $"show the page {look.Target}",
            UiActionAllowlist.ShowTab => $"show {look.Target.Replace('.', ' ')}",
            UiActionAllowlist.Highlight => $"point at {look.Target}",
            _ => "show something",
        };
        return look.Result switch
        {
            "done" => $"Asked to {what}: done",
            "refused" => $"Asked to {what}: refused",
            "no_browser" => $"Asked to {what}: no browser was open",
            "timeout" => $"Asked to {what}: not answered in time",
            _ => look.Offer ? $"Offers to {what}. It read text from outside, so nothing happens without your click." : $"Asks to {what}",
        };
    }

    /// <summary>Null for a highlight and for what is not on the allowlist.</summary>
    public static string? PathOf(AskPart.Look look) => UiActionAllowlist.Allows(look.Action, look.Target) ? UiActionAllowlist.PathOf(look.Action, look.Target) : null;

    /// <summary>The person clicked an offer.</summary>
    public async Task ClickedAsync(AskPart.Look look)
    {
        if (person.Current is { } principal) await actions.AcknowledgeAsync(principal, look.Id, done: true, CancellationToken.None);
    }

    internal async Task ShowAsync(AskConversation talk, StoredEvent stored, IJSObjectReference script)
    {
        using var data = JsonDocument.Parse(stored.Data);
        var id = data.RootElement.GetProperty("id").GetString()!;
        if (talk.State.Parts<AskPart.Look>().FirstOrDefault(part => part.Id == id) is not { Result: null } look || person.Current is not { } principal) return;
        // A page in the background is not the one the person looks at.
        if (!await script.InvokeAsync<bool>("watched") || !await actions.TakeAsync(principal, id, CancellationToken.None)) return;
        if (look.Offer) return;
        var done = await DoAsync(look, script);
        await actions.AcknowledgeAsync(principal, id, done, CancellationToken.None);
    }

    private async Task<bool> DoAsync(AskPart.Look look, IJSObjectReference script)
    {
        if (!UiActionAllowlist.Allows(look.Action, look.Target)) return false;
        if (PathOf(look) is not { } path) return await script.InvokeAsync<bool>("highlight", look.Target);
        if (!await script.InvokeAsync<bool>("allows", path)) return false;
        navigation.NavigateTo(path);
        return true;
    }
}
