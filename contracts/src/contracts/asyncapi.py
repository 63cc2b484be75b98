"""AsyncAPI 3 documents: one per service, said from its own side, all pointing to the same messages."""

from __future__ import annotations

import inspect
from typing import Any

from contracts.consumers import received_by, sent_by
from contracts.registry import REGISTRY, MessageType
from contracts.topics import TOPICS

MESSAGES = "messages.json"
_HEADERS = {
    "type": "object",
    "required": ["ce_id", "ce_source", "ce_specversion", "ce_time", "ce_type"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "UUIDv7, the same on every retry: deduplicate by it"},
        "ce_source": {"type": "string", "description": "the service that published, /order"},
        "ce_type": {"type": "string", "description": "<owner>.<what>.v<major>"},
        "ce_subject": {"type": "string", "description": "the record key"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_correlationid": {"type": "string", "description": "the order id"},
        "ce_causationid": {"type": "string", "description": "ce_id of the message that caused this one"},
        "ce_fingerprint": {
            "type": "string",
            "description": "what its publisher takes for the same body; without it, the hash of type and value",
        },
        "traceparent": {"type": "string", "description": "W3C trace context"},
        "content-type": {"const": "application/json"},
    },
}


def messages_document() -> dict[str, Any]:
    """Return the document that holds every message with its payload schema."""
    messages = {each.name: _message(each) for each in REGISTRY}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "ordersaga messages", "version": "1.0.0"},
        "components": {"messages": messages, "messageTraits": {"cloudevent": {"headers": _HEADERS}}},
    }


def _message(each: MessageType) -> dict[str, Any]:
    return {
        "name": each.name,
        "title": each.model.__name__,
        "summary": inspect.cleandoc(each.model.__doc__ or ""),
        "contentType": "application/json",
        "traits": [{"$ref": "#/components/messageTraits/cloudevent"}],
        "bindings": {"kafka": {"key": {"type": "string", "description": f"the value of {each.key}"}}},
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"../schemas/{each.name}.json"},
        },
    }


def service_document(*, service: str) -> dict[str, Any]:
    """Return what one service sends and receives, by topic."""
    received, sent = received_by(service=service), sent_by(service=service)
    used = {each.topic for each in (*received, *sent)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"ordersaga {service}",
            "version": "1.0.0",
            "description": f"What the {service} service sends and receives.",
        },
        "defaultContentType": "application/json",
        "channels": {
            topic.name: {
                "address": topic.name,
                "messages": {each.name: _reference(each) for each in (*received, *sent) if each.topic == topic.name},
                "bindings": {
                    "kafka": {
                        "partitions": topic.partitions,
                        "topicConfiguration": {"cleanup.policy": [topic.cleanup], "retention.ms": topic.retention_ms},
                    },
                },
            }
            for topic in TOPICS
            if topic.name in used
        },
        "operations": _operations("receive", received) | _operations("send", sent),
    }


def _reference(each: MessageType) -> dict[str, str]:
    return {"$ref": f"{MESSAGES}#/components/messages/{each.name}"}


def _operations(action: str, types: tuple[MessageType, ...]) -> dict[str, Any]:
    return {
        f"{action}-{topic}": {
            "action": action,
            "channel": {"$ref": f"#/channels/{topic}"},
            "messages": [{"$ref": f"#/channels/{topic}/messages/{each.name}"} for each in types if each.topic == topic],
        }
        for topic in dict.fromkeys(each.topic for each in types)
    }
