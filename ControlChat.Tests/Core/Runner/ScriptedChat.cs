using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ControlChat.Core.Runner;
using Microsoft.Extensions.AI;

namespace ControlChat.Tests.Core.Runner;

/// <summary>A model that says what the script says, and remembers what it was given.</summary>
internal sealed class ScriptedChat : IChatClient, IModelSource
{
    private readonly Func<IReadOnlyList<ChatMessage>, IEnumerable<object>> _script;

    /// <param name="script">From what the model reads to what it does: text pieces, <see cref="FunctionCallContent"/>, exceptions to throw, tasks to wait for.</param>
    public ScriptedChat(Func<IReadOnlyList<ChatMessage>, IEnumerable<object>> script) => _script = script;

    public ConcurrentQueue<IReadOnlyList<ChatMessage>> Given { get; } = new();

    public ChatOptions? LastOptions { get; private set; }

    private int _answering;

    /// <summary>Answers that somebody still listens to.</summary>
    public int Answering => _answering;

    public static FunctionCallContent Call(string tool, params (string Name, object Value)[] arguments) =>
        new("dup", ToolWireName.Of(tool), arguments.ToDictionary(a => a.Name, a => (object?)a.Value));

    /// <summary>Results the model was given since the last message of a person.</summary>
    public static int Results(IReadOnlyList<ChatMessage> messages) =>
        messages.Reverse().TakeWhile(m => m.Role != ChatRole.User).SelectMany(m => m.Contents).OfType<FunctionResultContent>().Count();

    public ModelChoice Choose(string userText) => new("openai", "scripted", this);

    public ModelChoice Named(string provider) => new(provider, "scripted", this);

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("runs are streamed");

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var given = messages.ToList();
        Given.Enqueue(given);
        LastOptions = options;
        Interlocked.Increment(ref _answering);
        try
        {
            foreach (var move in _script(given))
            {
                cancellationToken.ThrowIfCancellationRequested();
                switch (move)
                {
                    case Exception fault: throw fault;
                    case Func<Task> wait: await wait(); break;
                    case Task task: await task.WaitAsync(cancellationToken); break;
                    case string text: yield return new ChatResponseUpdate(ChatRole.Assistant, text); break;
                    case ChatFinishReason finish: yield return new ChatResponseUpdate(ChatRole.Assistant, []) { FinishReason = finish }; break;
                    case AIContent content: yield return new ChatResponseUpdate(ChatRole.Assistant, [content]); break;
                }
            }
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(new UsageDetails { InputTokenCount = 10, OutputTokenCount = 5 })]);
        }
        finally
        {
            Interlocked.Decrement(ref _answering);
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
        // holds nothing
    }
}
