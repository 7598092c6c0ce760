using ControlChat.App.SignIn;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace ControlChat.App.Approvals.Grants;

/// <summary>What a receipt of this page was about to grant when it asked for a fresh sign-in. Scoped: it is taken once, whichever of the receipts looks first.</summary>
public sealed class GrantReturn(CircuitPrincipal who, NavigationManager navigation)
{
    /// <summary>The word for it in <see cref="Unfinished"/>.</summary>
    public const string What = "grant";

    private Task<Unfinished?>? _taken;

    /// <summary>Null when it was another approval, or nothing. Beside other pages a conversation leaves alone what those kept.</summary>
    public async Task<Unfinished?> TakeAsync(string approvalId, IJSRuntime js, CancellationToken cancellationToken)
    {
        var path = navigation.ToBaseRelativePath(navigation.Uri);
        if (path.Split('?')[0] is not "" && !path.StartsWith("c/", StringComparison.Ordinal) && !path.StartsWith("approvals/", StringComparison.Ordinal)) return null;
        _taken ??= Unfinished.TakeAsync(who.Current, js, navigation, cancellationToken).AsTask();
        if (await _taken is not { What: What } kept || kept.About != approvalId) return null;
        _taken = Task.FromResult<Unfinished?>(null);
        return kept;
    }
}
