using ControlChat.App.Ui;
using Microsoft.JSInterop;
using Xunit;

namespace ControlChat.Tests.App.Ui;

/// <summary>Speaking to a page that may be gone.</summary>
public sealed class PageScriptsTests
{
    [Fact]
    public async Task A_page_that_is_gone_is_no_fault_and_answers_nothing()
    {
        var page = new Page(new JSDisconnectedException("The circuit is gone."));
        await ((IJSRuntime)page).TellAsync("a");
        await ((IJSRuntime)page).TellAsync("a", TestContext.Current.CancellationToken);
        await ((IJSObjectReference)page).TellAsync("a");
        await page.DetachAsync();
        Assert.Null(await ((IJSRuntime)page).AskAsync<string>("a"));
        Assert.Null(await ((IJSRuntime)page).AskAsync<string>("a", TestContext.Current.CancellationToken));
        Assert.False(await ((IJSObjectReference)page).AskAsync<bool>("a"));
        Assert.Equal(7, page.Calls);
    }

    [Fact]
    public async Task An_error_of_the_script_is_thrown()
    {
        IJSRuntime page = new Page(new JSException("No such function."));
        await Assert.ThrowsAsync<JSException>(() => page.TellAsync("a"));
    }

    [Fact]
    public async Task A_page_that_does_not_answer_is_waited_for_until_the_caller_ends_and_no_longer_than_the_runtime_allows()
    {
        var page = new Silent();
        using var stop = new CancellationTokenSource();
        var told = ((IJSRuntime)page).TellAsync("a", stop.Token);
        Assert.False(told.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => told);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ((IJSRuntime)page).TellAsync("a", stop.Token));
        Assert.Equal(1, page.Calls);
        var over = ((IJSRuntime)page).TellAsync("a", TestContext.Current.CancellationToken);
        page.TimeOut();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => over);
    }

    /// <summary>As the framework has it: its own end of waiting holds only for who gives no token.</summary>
    private sealed class Silent : IJSRuntime
    {
        private readonly TaskCompletionSource _own = new();

        public int Calls { get; private set; }

        public void TimeOut() => _own.SetCanceled();

        public async ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args)
        {
            Calls++;
            await _own.Task;
            return default!;
        }

        public async ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args)
        {
            Calls++;
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return default!;
        }
    }

    private sealed class Page(Exception fault) : IJSRuntime, IJSObjectReference
    {
        public int Calls { get; private set; }

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args)
        {
            Calls++;
            throw fault;
        }

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args) => InvokeAsync<TValue>(identifier, args);

        public ValueTask DisposeAsync() => ValueTask.FromException(fault);
    }
}
