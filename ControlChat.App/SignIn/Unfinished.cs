using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace ControlChat.App.SignIn;

/// <summary>What a page was about to do when it had to ask for a fresh sign-in. It is kept in the browser's tab and shown again there, never done by itself.</summary>
/// <param name="What">The page's own word for it.</param>
/// <param name="Fields">What was entered, to be shown again; never a secret.</param>
/// <param name="About">The account it was to be done to, or null.</param>
public sealed record Unfinished(string What, IReadOnlyList<string> Fields, string? About = null)
{
    /// <summary>Whose it is: the account that entered it. On a shared computer somebody else may sign in in the same tab.</summary>
    public string? By { get; init; }

    /// <summary>Leads to the sign-in page, and from there back to this one.</summary>
    internal static async Task KeepAsync(Unfinished? unfinished, Principal? person, IJSRuntime js, NavigationManager navigation)
    {
        await js.TellAsync("controlchat.unfinished.keep", Here(navigation), unfinished is null ? null : unfinished with { By = person?.AccountId });
        navigation.NavigateTo(ReturnPath.SignIn(Here(navigation), again: true), forceLoad: true);
    }

    /// <summary>What this page kept of this person before the sign-in, once; null: nothing. What somebody else had entered is gone then.</summary>
    internal static async ValueTask<Unfinished?> TakeAsync(Principal? person, IJSRuntime js, NavigationManager navigation, CancellationToken cancellationToken)
    {
        var kept = await js.AskAsync<Unfinished>("controlchat.unfinished.take", cancellationToken, Here(navigation));
        return person is not null && kept?.By == person.AccountId ? kept : null;
    }

    private static string Here(NavigationManager navigation) => "/" + navigation.ToBaseRelativePath(navigation.Uri);
}
