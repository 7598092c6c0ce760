using System.Text.Json;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner.OpenAi;

/// <summary>One of the two protocols: writes a request, reads the events of its answer.</summary>
internal interface IWire
{
    void Write(Utf8JsonWriter writer, string model, IEnumerable<ChatMessage> messages, ChatOptions? options);

    IWireReader Read();
}

/// <summary>Reads the events of one answer. Unknown events are passed over: servers add new ones.</summary>
internal interface IWireReader
{
    /// <summary>The final event has come; without it, an ended stream is a cut one.</summary>
    bool Completed { get; }

    /// <summary>Reads one event's data and returns the update it means, or null.</summary>
    /// <exception cref="JsonException">The data is no JSON.</exception>
    /// <exception cref="ModelException">The server reports an error inside the stream.</exception>
    ChatResponseUpdate? Read(ReadOnlySpan<byte> data);

    /// <summary>What is known only at the end: calls, usage, the reason to stop.</summary>
    ChatResponseUpdate Finish();
}
