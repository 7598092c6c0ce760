using System.Text;
using ControlChat.Core.Bus;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Runner;

/// <param name="MessageId">The id under which the text was streamed and is stored.</param>
/// <param name="Text">What it says; may be empty.</param>
/// <param name="Calls">What it calls, in order.</param>
internal sealed record ModelAnswer(string MessageId, string Text, IReadOnlyList<FunctionCallContent> Calls, long InputTokens, long OutputTokens, ChatFinishReason? Finish);

/// <summary>One answer of the model: streamed to the bus, tried again when the fault may pass.</summary>
internal sealed partial class ModelStep(IBus bus, TimeProvider time, ILogger<ModelStep> logger)
{
    /// <summary>Tries of one step, the first included.</summary>
    public const int MaxAttempts = 3;

    /// <summary>Whoever asks for a longer pause is not waited for.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);

    /// <exception cref="ModelException">It failed for good, or too often.</exception>
    public async Task<ModelAnswer> AskAsync(
        ModelChoice choice, string conversationId, string messageId, IReadOnlyList<ChatMessage> messages, ChatOptions options, CancellationToken cancellationToken)
    {
        var deltas = new DeltaStream(bus, conversationId, messageId);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await AskOnceAsync(choice, conversationId, messageId, messages, options, deltas, cancellationToken);
            }
            catch (ModelException e) when (e.IsTransient && attempt < MaxAttempts && PauseAfter(e, attempt) <= LongestPause)
            {
                LogRetry(logger, e.Kind, attempt, MaxAttempts);
                Meters.ModelRetried(e.Kind);
                await deltas.RestartAsync(cancellationToken);
                await Task.Delay(PauseAfter(e, attempt), time, cancellationToken);
            }
            catch
            {
                await deltas.DropAsync();
                throw;
            }
        }
    }

    private static async Task<ModelAnswer> AskOnceAsync(
        ModelChoice choice, string conversationId, string messageId, IReadOnlyList<ChatMessage> messages, ChatOptions options, DeltaStream deltas, CancellationToken cancellationToken)
    {
        // The planner is the hub's own and no provider of the conventions' list.
        using var call = ModelCall.Start(choice.Provider == ModelClients.Offline ? "controlchat" : choice.Provider, choice.Name, conversationId);
        try
        {
            return await StreamAsync(choice.Client, call, messageId, messages, options, deltas, cancellationToken);
        }
        catch (Exception e)
        {
            call.Failed(e is ModelException fault ? fault.Kind : e is OperationCanceledException ? "cancelled" : "failed");
            throw;
        }
    }

    private static async Task<ModelAnswer> StreamAsync(
        IChatClient client, ModelCall call, string messageId, IReadOnlyList<ChatMessage> messages, ChatOptions options, DeltaStream deltas, CancellationToken cancellationToken)
    {
        var answer = new Answer(deltas);
        await using var updates = client.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            var next = updates.MoveNextAsync();
            // Nothing more is at hand: show what there is, then wait.
            if (!next.IsCompleted) await deltas.FlushAsync(cancellationToken);
            if (!await next) break;
            call.Received();
            answer.Take(updates.Current);
        }
        await deltas.FlushAsync(cancellationToken);
        var whole = answer.ToModelAnswer(messageId);
        call.Answered(answer.Model, whole.InputTokens, whole.OutputTokens, whole.Finish?.Value);
        return whole;
    }

    // Doubling, with a jitter of a quarter either way so that many runs do not come back at once.
    private static TimeSpan PauseAfter(ModelException fault, int attempt)
    {
        if (fault.RetryAfter is { } asked) return asked;
        return FirstPause * Math.Pow(2, attempt - 1) * (0.75 + (Random.Shared.NextDouble() / 2));
    }

    private sealed class Answer(DeltaStream deltas)
    {
        private readonly StringBuilder _text = new();
        private readonly List<FunctionCallContent> _calls = [];
        private long _input;
        private long _output;
        private ChatFinishReason? _finish;

        /// <summary>As the answer names it, or null.</summary>
        public string? Model { get; private set; }

        public void Take(ChatResponseUpdate update)
        {
            _finish = update.FinishReason ?? _finish;
            Model = update.ModelId ?? Model;
            foreach (var content in update.Contents) Take(content);
        }

        public ModelAnswer ToModelAnswer(string messageId) => new(messageId, _text.ToString(), _calls, _input, _output, _finish);

        private void Take(AIContent content)
        {
            switch (content)
            {
                case TextReasoningContent { Text.Length: > 0 } thought:
                    deltas.Reasoning(thought.Text);
                    break;
                case TextContent { Text.Length: > 0 } text:
                    _text.Append(text.Text);
                    deltas.Text(text.Text);
                    break;
                case FunctionCallContent call:
                    _calls.Add(call);
                    break;
                case UsageContent usage:
                    _input += usage.Details.InputTokenCount ?? 0;
                    _output += usage.Details.OutputTokenCount ?? 0;
                    break;
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The model failed ({Kind}), try {Attempt} of {Most}")]
    private static partial void LogRetry(ILogger logger, string kind, int attempt, int most);
}
