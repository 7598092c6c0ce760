using System.Text;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Tests.Support;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>Somebody at a terminal: reads all it prints, on a thread of its own, and types.</summary>
internal sealed class Screen : IAsyncDisposable
{
    private readonly MemoryStream _printed = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Screen(ITerminalProcess process)
    {
        Process = process;
        new Thread(Read) { IsBackground = true }.Start();
    }

    public ITerminalProcess Process { get; }

    /// <summary>Ends when no more will come.</summary>
    public Task Ended => _ended.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public byte[] Bytes
    {
        get
        {
            lock (_printed) return _printed.ToArray();
        }
    }

    public string Text => Encoding.UTF8.GetString(Bytes);

    public ValueTask<int> TypeAsync(string text) => Process.WriteAsync(Encoding.UTF8.GetBytes(text), CancellationToken.None);

    /// <summary>Types, and waits for what comes after it.</summary>
    public async Task TypeAsync(string text, string then)
    {
        var before = Text.Length;
        await TypeAsync(text);
        await SeeAsync(then, before);
    }

    public async Task SeeAsync(string text, int from = 0)
    {
        try
        {
            await Waiting.UntilAsync(() => Text[Math.Min(from, Text.Length)..].Contains(text, StringComparison.Ordinal));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"'{text}' is not on the screen: {Text}", e);
        }
    }

    public Task<TerminalExit> ExitAsync() => Process.Exited.WaitAsync(TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await Ended;
    }

    private void Read()
    {
        var buffer = new byte[32 * 1024];
        while (Process.Read(buffer) is > 0 and var read)
            lock (_printed) _printed.Write(buffer, 0, read);
        _ended.SetResult();
    }
}
