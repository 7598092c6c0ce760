using Microsoft.JSInterop;

namespace ControlChat.App.Ui;

/// <summary>
/// Every call into a page's script. A page that was closed, or lost for good, while it was spoken to is no fault: nothing is done there, and the answer is
/// the default of its type (null, false). A script's own error is thrown.
/// </summary>
internal static class PageScripts
{
    public static Task TellAsync(this IJSRuntime js, string name, params object?[] values) => WhileThereAsync(() => js.InvokeVoidAsync(name, values));

    /// <summary>The wait ends with the token, and with the runtime's own time (a minute) as every other does: a page whose network is away for a moment never answers.</summary>
    public static Task TellAsync(this IJSRuntime js, string name, CancellationToken cancellationToken, params object?[] values) => WhileThereAsync(() =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        // With a token of the caller's the runtime sets no end of its own.
        return new ValueTask(js.InvokeVoidAsync(name, values).AsTask().WaitAsync(cancellationToken));
    });

    public static Task TellAsync(this IJSObjectReference script, string name, params object?[] values) => WhileThereAsync(() => script.InvokeVoidAsync(name, values));

    public static Task<T?> AskAsync<T>(this IJSRuntime js, string name, params object?[] values) => WhileThereAsync(() => js.InvokeAsync<T?>(name, values));

    /// <summary>Waits for as long as a person may think: with the token alone it ends.</summary>
    public static Task<T?> AskAsync<T>(this IJSRuntime js, string name, CancellationToken cancellationToken, params object?[] values) =>
        WhileThereAsync(() => js.InvokeAsync<T?>(name, cancellationToken, values));

    public static Task<T?> AskAsync<T>(this IJSObjectReference script, string name, params object?[] values) => WhileThereAsync(() => script.InvokeAsync<T?>(name, values));

    /// <summary>Tells the part of the page that it is done, and lets go of it.</summary>
    public static async Task DetachAsync(this IJSObjectReference script)
    {
        await script.TellAsync("detach");
        await script.LetGoAsync();
    }

    public static Task LetGoAsync(this IJSObjectReference script) => WhileThereAsync(script.DisposeAsync);

    private static Task<bool> WhileThereAsync(Func<ValueTask> call) => WhileThereAsync(async ValueTask<bool> () =>
    {
        await call();
        return true;
    });

    private static async Task<T?> WhileThereAsync<T>(Func<ValueTask<T?>> call)
    {
        try
        {
            return await call();
        }
        catch (JSDisconnectedException)
        {
            return default;
        }
    }
}
