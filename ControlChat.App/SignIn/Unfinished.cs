using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace ControlChat.App.SignIn;

/// <summary>What a page was about to do when it had to ask for a fresh sign-in. It is kept in the browser's tab and shown again there, never done by itself.</summary>
/// <param name="What">The page's own word for it.</param>
/// <param name="Fields">What was entered, to be shown again; never a secret.</param>
/// <param name="About">The account it was to be done to, or null.</param>
public sealed record Unfinished(string What, IReadOnlyList<string> Fields, string? About = null)
{
    /// <summary>Leads to the sign-in page, and from there back to this one.</summary>
    internal static async Task KeepAsync(Unfinished? unfinished, IJSRuntime js, NavigationManager navigation)
    {
        await js.InvokeVoidAsync("controlchat.unfinished.keep", Here(navigation), unfinished);
        navigation.NavigateTo(ReturnPath.SignIn(Here(navigation), again: true), forceLoad: true);
    }

    /// <summary>What this page kept before the sign-in, once; null: nothing.</summary>
    internal static ValueTask<Unfinished?> TakeAsync(IJSRuntime js, NavigationManager navigation, CancellationToken cancellationToken) =>
        js.InvokeAsync<Unfinished?>("controlchat.unfinished.take", cancellationToken, Here(navigation));

    private static string Here(NavigationManager navigation) => "/" + navigation.ToBaseRelativePath(navigation.Uri);
}
